/**
 * The test files that take more than half of the time of all. `npm test` leaves them to `npm run test:slow`; `.ci/run`
 * runs both.
 */
export const slowTests: string[] = [
    "at-terminal",
    "crash",
    "disk",
    "git-drivers",
    "hostile",
    "hostile-files",
    "insight",
    "interrupted",
    "question",
    "sequences",
    "sequences-writer",
    "writer-matrix",
]
    .map((name) => `test/admin/${name}.test.ts`)
    .concat("test/machine/killed.test.ts", "test/build/pages.test.ts")
