/**
 * The packages from the ground up, and which others each may import. An arrow never points up this list.
 * scripts/lib/arrows.mjs holds sources and package.json files to it, and refuses what nobody uses; the build follows its order.
 */
export const house = {
  graph: [],
  safetensors: [],
  core: ['graph', 'safetensors'],
  checkpoint: ['safetensors', 'core'],
  onnx: ['graph', 'safetensors', 'core'],
  'backend-cpu': ['core', 'onnx'],
  'backend-cuda': ['graph', 'core', 'onnx'],
  'backend-webgpu': ['graph', 'core', 'onnx'],
  models: ['graph', 'core'],
  editors: ['graph', 'safetensors', 'core'],
  concepts: ['safetensors', 'core'],
  bench: ['core', 'checkpoint'],
  'emoji-world': [],
  mokus: [
    'graph',
    'safetensors',
    'core',
    'checkpoint',
    'onnx',
    'backend-cpu',
    'backend-cuda',
    'backend-webgpu',
    'models',
    'editors',
    'concepts',
    'bench',
    'emoji-world',
  ],
};

/** Third-party packages that only some of the house may know. */
export const onlyIn = {
  inversify: ['mokus'],
  citty: ['mokus'],
  'cli-progress': ['mokus'],
  sharp: ['mokus'],
  yaml: ['mokus'],
  'onnx-buf': ['onnx'],
  '@bufbuild/protobuf': ['onnx'],
  'onnxruntime-common': ['onnx'],
  'onnxruntime-node': ['backend-cpu', 'backend-cuda', 'backend-webgpu', 'mokus'],
  'onnxruntime-web': ['backend-webgpu'],
  webgpu: ['backend-webgpu'],
  '@observablehq/plot': ['bench'],
  linkedom: ['bench'],
  '@huggingface/hub': ['checkpoint'],
  '@huggingface/tokenizers': ['models', 'bench'],
};

/** Packages that run under Node only. In the others `node:` stands only in node.ts, node/ and *.node.ts. */
export const nodePackages = ['backend-cpu', 'backend-cuda', 'mokus', 'emoji-world'];

export const folderOf = (name) => `packages/${name}`;
export const nameOf = (folder) => (folder === 'mokus' ? 'mokus' : `@mokus/${folder}`);
