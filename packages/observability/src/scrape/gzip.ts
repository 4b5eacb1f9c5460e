/** A piece of a gzip stream: raw deflate data that refers to nothing before it and ends on a byte (RFC 1951, 3.2.4). */
export interface Piece {
  readonly deflated: Uint8Array;
  /** CRC-32 of what was deflated. */
  readonly crc: number;
  /** Bytes before deflating. */
  readonly size: number;
}

/** RFC 1952, 2.3: deflate, no name, no time, no particular system. */
export const gzipHeader: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** An empty last block, then checksum and length of the whole, both little-endian. */
export const gzipTrailer = (crc: number, size: number): Uint8Array => {
  const trailer = new Uint8Array(10);
  trailer[0] = 3;
  const view = new DataView(trailer.buffer);
  view.setUint32(2, crc >>> 0, true);
  view.setUint32(6, size % 2 ** 32, true);
  return trailer;
};

/**
 * CRC-32 of two texts one after the other, from the CRC of each and the length of the second: the first is multiplied by
 * x^(8·length) modulo the polynomial of RFC 1952. Bits are reflected: the highest is x^0.
 */
export const combineCrc = (first: number, second: number, secondSize: number): number =>
  (multiply(powerOfX(secondSize), first) ^ second) >>> 0;

const polynomial = 0xedb88320;
const one = 0x80000000;

const multiply = (a: number, b: number): number => {
  let product = 0;
  let factor = b;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor;
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ polynomial;
  }
  return product >>> 0;
};

/** x^(8·size): `size` bytes further. */
const powerOfX = (size: number): number => {
  let power = one;
  let square = 0x00800000; // x^8
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
};
