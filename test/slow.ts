/**
 * The test files that take two thirds of the time of all. `npm test` leaves them to `npm run test:slow`; `.ci/run` runs
 * both.
 */
export const slowTests: string[] = [
    ...[
        "at-terminal",
        "clones",
        "consent-kills",
        "change/threads/threads",
        "commands/graph",
        "crash",
        "disk",
        "generate/at-terminal",
        "generate/script/run-script",
        "generate/shapes",
        "git-drivers",
        "git/merge-sides",
        "hostile",
        "hostile-files",
        "readers-and-history",
        "interrupted",
        "json/json",
        "keys/locked",
        "keys/plugin-run",
        "question",
        "scripts",
        "tasks/tasks",
        "sequences",
        "sequences-undo",
        "sequences-writer",
        "terminal/prompt",
        "terminal/value-source",
        "tricks",
        "two-keys",
        "writer",
        "writer-matrix",
    ].map((name) => `test/admin/${name}.test.ts`),
    ...["commands/run", "killed", "memory", "program-promises", "visible"].map(
        (name) => `test/machine/${name}.test.ts`,
    ),
    "test/build/pages.test.ts",
    "test/sops/bounds.test.ts",
]
