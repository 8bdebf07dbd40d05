/**
 * Kilobytes that each package may have, about a third more than it has; the packaging suite prints the sizes and refuses what
 * is over. Raise one with the reason in the commit.
 *
 * @type {Readonly<Record<'packed' | 'bundled', Readonly<Record<string, number>>>>}
 */
export const kilobyteBudgets = {
  /** The tarball that npm fetches, source maps included. */
  packed: {
    graph: 115,
    safetensors: 50,
    core: 200,
    checkpoint: 165,
    onnx: 70,
    'backend-cpu': 10,
    'backend-cuda': 25,
    'backend-webgpu': 40,
    models: 160,
    editors: 155,
    concepts: 85,
    bench: 165,
    'emoji-world': 21_000,
    mokus: 145,
  },
  /** Minified for browsers, with all of the other packages that it needs. */
  bundled: {
    '@mokus/graph': 65,
    '@mokus/safetensors': 25,
    '@mokus/core': 50,
    '@mokus/core/testing': 165,
    '@mokus/checkpoint': 70,
    '@mokus/onnx': 150,
    '@mokus/backend-webgpu': 310,
    '@mokus/backend-webgpu/wasm': 245,
    '@mokus/models': 200,
    '@mokus/editors': 200,
    '@mokus/concepts': 75,
    '@mokus/bench': 80,
    '@mokus/bench/report': 830,
  },
};
