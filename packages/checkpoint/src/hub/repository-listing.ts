import { shownUrl } from './http-address.js';
import { protocolError } from './http-errors.js';
import { requestText } from './http-text.js';
import { callLibrary } from './library-call.js';
import { type HubRepository, isCommit } from './repository.js';
import { checkRepositoryFile, type RepositoryFile } from './repository-file.js';

/** No model repository comes near; a hostile listing never ends. */
const maxFiles = 200_000;

/**
 * The commit that a revision stands for now.
 *
 * @throws MokusError `access`, `not-found`, `rate-limit`, `network`, `cancelled`
 */
export async function resolveCommit(repository: HubRepository, revision: string): Promise<string> {
  const { id, endpoint } = repository;
  const { modelInfo } = await import('@huggingface/hub');
  const info = await callLibrary(repository, () =>
    modelInfo({ name: id, hubUrl: endpoint, revision, additionalFields: ['sha'], fetch: listingFetch(repository) }),
  );
  const commit: unknown = info.sha;
  if (typeof commit === 'string' && isCommit(commit)) return commit;
  throw protocolError(`${endpoint}/api/models/${id}`, 'names no commit for the revision; check the endpoint');
}

/**
 * All files of a repository at a commit, each entry checked.
 *
 * @throws MokusError `integrity` (an entry that no hub would send), `access`, `not-found`, `rate-limit`, `network`,
 *   `cancelled`
 */
export async function listRepository(repository: HubRepository, commit: string): Promise<readonly RepositoryFile[]> {
  const { id, endpoint } = repository;
  const from = `${endpoint}/api/models/${id}`;
  const { listFiles } = await import('@huggingface/hub');
  return callLibrary(repository, async () => {
    const files = new Map<string, RepositoryFile>();
    let entries = 0;
    for await (const entry of listFiles({
      repo: id,
      hubUrl: endpoint,
      revision: commit,
      recursive: true,
      fetch: listingFetch(repository),
    })) {
      entries += 1;
      if (entries > maxFiles) throw protocolError(from, `lists more than ${maxFiles} files; check the endpoint`);
      const { type, path, size, oid: blobId, lfs, xetHash } = entry;
      // Folders, and kinds that are not known. What has no kind at all is no entry, and is refused below.
      if (typeof type === 'string' && type !== 'file') continue;
      const large = lfs === undefined ? {} : { sha256: lfs.oid, lfsSize: lfs.size };
      const file = checkRepositoryFile({ path, size, blobId, xetHash, ...large }, from);
      if (files.has(file.path)) throw protocolError(from, `lists ${file.path} twice; check the endpoint`);
      files.set(file.path, file);
    }
    return [...files.values()];
  });
}

/**
 * What @huggingface/hub uses in place of fetch: retries, typed errors, bounded answers; the token, whatever it looks like,
 * for the hub's own origin only; and a `next` link that is relative, which the library would overlook.
 */
function listingFetch(repository: HubRepository): typeof fetch {
  return (address) => fetchForHub(String(address), repository);
}

async function fetchForHub(address: string, repository: HubRepository): Promise<Response> {
  checkSameOrigin(address, repository);
  const { text, headers } = await requestText(address, repository);
  const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  if (next === undefined) return new Response(text);
  if (!URL.canParse(next, address))
    throw protocolError(address, 'has a next page without an address; check the endpoint');
  const nextAddress = new URL(next, address).href;
  if (nextAddress === address) throw protocolError(address, 'names itself as its next page; check the endpoint');
  return new Response(text, { headers: { link: `<${nextAddress}>; rel="next"` } });
}

function checkSameOrigin(address: string, { endpoint }: HubRepository): void {
  if (new URL(address).origin === new URL(endpoint).origin) return;
  throw protocolError(
    endpoint,
    `sends on to ${shownUrl(address)} for its listing, which is not followed; check the endpoint`,
  );
}
