/** A picture as raw RGBA, 8 bits a channel, row by row from the top left. Files are read and written elsewhere. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** width * height * 4 bytes. */
  readonly data: Uint8ClampedArray;
}
