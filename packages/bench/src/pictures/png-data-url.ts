/** A PNG file's bytes as an address that holds them. */
export function pngDataUrl(png: Uint8Array): string {
  let binary = '';
  // In pieces: the spread's arguments have a limit.
  for (let start = 0; start < png.length; start += 0x8000) {
    binary += String.fromCharCode(...png.subarray(start, start + 0x8000));
  }
  return `data:image/png;base64,${btoa(binary)}`;
}
