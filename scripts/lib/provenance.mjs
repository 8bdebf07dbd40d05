/** What npm's provenance needs of each package.json: the address of the repository that the package was built from. */

/** `git+https://HOST/OWNER/NAME.git`: what npm compares with the repository that CI runs in. */
const address = /^git\+https:\/\/[^/]+\/.+\.git$/;

/**
 * What keeps the packages from being published with provenance, as lines to print.
 *
 * @param {Readonly<Record<string, { repository?: unknown }>>} manifests package.json by its folder, `packages/graph`
 */
export function provenanceProblems(manifests) {
  const addresses = new Set();
  const problems = Object.entries(manifests).flatMap(([folder, { repository }]) => {
    const fits = repository?.type === 'git' && address.test(repository.url) && repository.directory === folder;
    if (fits) addresses.add(repository.url);
    const wanted = `"repository": { "type": "git", "url": "git+https://HOST/OWNER/NAME.git", "directory": "${folder}" }`;
    return fits ? [] : [`${folder}/package.json needs ${wanted}`];
  });
  if (addresses.size > 1)
    problems.push(`the packages name ${addresses.size} repositories: ${[...addresses].join(', ')}`);
  return problems;
}
