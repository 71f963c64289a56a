/** What `npm test` takes of the random inputs of a costly property; the project `exhaustive` takes all of them. */
const SHARE = 0.1;

/** How many random inputs a property takes in this project, of `all`. */
export const samples = (all: number): number =>
  process.env.BOX_STS_TEST_SAMPLES === "all" ? all : Math.ceil(all * SHARE);
