import fc from "fast-check";

const between = (min: number, max: number) => fc.integer({ min, max });

/**
 * Strings of any code points: printable ASCII, control characters, Latin-1, the basic plane with half surrogate pairs,
 * and the planes above it, each class as often as the others. `fc.string({ unit: "binary" })` has the same ones without
 * the halves, and spends a second and 100 MB of each process on a table of all of them.
 */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      between(0x20, 0x7e),
      between(0x00, 0x1f),
      between(0x7f, 0xff),
      between(0x100, 0xffff),
      between(0x1_0000, 0x10_ffff),
    ),
  )
  .map((points) => String.fromCodePoint(...points));
