/** What `npm test` takes of the random inputs of a costly property; the project `exhaustive` takes all of them. */
const SHARE = 0.1;

/** Whether a property has enough random inputs to demand that each kind of them occurs. */
export const areAllSampled = process.env.BOX_STS_TEST_SAMPLES === "all";

/** How many random inputs a property takes in this project, of `all`. */
export const samples = (all: number): number => (areAllSampled ? all : Math.ceil(all * SHARE));
