/**
 * WebGPU in Node, through the `webgpu` package (Dawn) and a Vulkan, Metal or Direct3D driver.
 *
 * @packageDocumentation
 */
import { create, globals } from 'webgpu';

/**
 * Makes `navigator.gpu` and WebGPU's global classes, which onnxruntime-web looks for, where there are none: a second call
 * changes nothing. Call it before `webgpuBackend`. `flags` are Dawn's, such as `backend=vulkan`.
 */
export function provideWebgpu(flags: readonly string[] = []): void {
  // A second Dawn beside one whose devices are in use was seen to end the process.
  if ('gpu' in ((globalThis as { navigator?: object }).navigator ?? {})) return;
  Object.assign(globalThis, globals);
  copySharedWrites(GPUQueue.prototype);
  const gpu: GPU = create([...flags]);
  // Node 21 and newer have a navigator without a gpu; older ones have none.
  const { navigator: known = {} } = globalThis as { navigator?: object };
  Object.defineProperty(known, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: known, configurable: true, writable: true });
}

/** Dawn takes no views of shared memory, which is what onnxruntime's WebAssembly has; a browser does. */
function copySharedWrites(queue: GPUQueue): void {
  const write = queue.writeBuffer;
  queue.writeBuffer = function (this: GPUQueue, buffer, offset, data, ...range): undefined {
    const shared = ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer;
    const bytes = shared ? new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : data;
    return write.call(this, buffer, offset, bytes, ...range);
  };
}
