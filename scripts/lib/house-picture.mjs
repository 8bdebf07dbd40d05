/** The house (house.mjs) as a picture: docs/images/house.svg. `npm run check` says when it is stale. */
import { instance } from '@viz-js/viz';
import { house, nameOf, nodePackages } from './house.mjs';

/** Packages that are reached by way of another one: their arrows say nothing new. */
const reachedThroughOthers = (dependencies) => new Set(dependencies.flatMap((name) => house[name]));

/** An arrow points to what a package may import; to all below that, too. */
export async function housePicture() {
  const viz = await instance();
  const nodes = Object.keys(house).map((name) => ({
    name: nameOf(name),
    attributes: { style: nodePackages.includes(name) ? 'rounded,filled' : 'rounded' },
  }));
  const edges = Object.entries(house).flatMap(([name, dependencies]) => {
    const others = reachedThroughOthers(dependencies);
    return dependencies
      .filter((dependency) => !others.has(dependency))
      .map((dependency) => ({ tail: nameOf(name), head: nameOf(dependency) }));
  });
  return viz.renderString(
    {
      graphAttributes: { bgcolor: 'white', ranksep: 0.4, nodesep: 0.2 },
      nodeAttributes: { shape: 'box', fillcolor: '#e8eef7', fontname: 'Helvetica', fontsize: 12, height: 0.35 },
      edgeAttributes: { arrowsize: 0.6, color: '#555555' },
      nodes,
      edges,
    },
    { format: 'svg' },
  );
}
