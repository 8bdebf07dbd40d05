/** The numbers of one convolution, one sample of it. */
export interface Conv2dSizes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly stride: number;
  readonly top: number;
  readonly left: number;
}

/** Calls `visit(pixel, place)` for every element of every patch that lies inside the picture. */
function forEachPatchElement(sample: number, sizes: Conv2dSizes, visit: (pixel: number, place: number) => void): void {
  const { channels, height, width, kernelHeight, kernelWidth, outHeight, outWidth, stride, top, left } = sizes;
  const patch = channels * kernelHeight * kernelWidth;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      const row = (oy * outWidth + ox) * patch;
      for (let c = 0; c < channels; c++) {
        for (let ky = 0; ky < kernelHeight; ky++) {
          const y = oy * stride + ky - top;
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kernelWidth; kx++) {
            const x = ox * stride + kx - left;
            if (x < 0 || x >= width) continue;
            const pixel = ((sample * channels + c) * height + y) * width + x;
            visit(pixel, row + (c * kernelHeight + ky) * kernelWidth + kx);
          }
        }
      }
    }
  }
}

/** [positions, channels * kh * kw]: what the kernel sees at every position, zeros outside the picture. */
export function patchRows(x: Float64Array, sample: number, sizes: Conv2dSizes): Float64Array {
  const { channels, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const rows = new Float64Array(outHeight * outWidth * channels * kernelHeight * kernelWidth);
  forEachPatchElement(sample, sizes, (pixel, place) => {
    rows[place] = x[pixel] as number;
  });
  return rows;
}

/** The transpose of {@link patchRows}: adds every patch element to the pixel that it came from. */
export function addPatchRows(rows: Float64Array, into: Float64Array, sample: number, sizes: Conv2dSizes): void {
  forEachPatchElement(sample, sizes, (pixel, place) => {
    into[pixel]! += rows[place] as number;
  });
}
