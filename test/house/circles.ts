// `npm run lint` ends with this: files that import each other, types included, can only be understood together.

import { join } from "node:path"
import { argv, exit, stderr } from "node:process"
import { circlesOf, importsOf, sourcesOf } from "./imports.ts"

const root = argv[2] ?? join(import.meta.dirname, "..", "..")
const circles = circlesOf(importsOf(root, sourcesOf(root, "agent")))
for (const circle of circles) stderr.write(`these files import each other: ${circle.join(", ")}\n`)
exit(circles.length === 0 ? 0 : 1)
