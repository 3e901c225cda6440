/** The test files that `npm run test:slow` runs, and `npm test` does not. */
export const slowTests: string[] = ["test/admin/crash.test.ts"]
