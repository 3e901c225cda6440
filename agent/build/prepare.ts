// What npm calls before it packs, and when somebody installs a checkout as it is: both programs, completions and manual.
// `npm ci` is for those who work on the sources, and leaves that to them.

import { join } from "node:path"
import { env } from "node:process"
import { build, root } from "./build.ts"
import { writePages } from "./pages.ts"

if (env["npm_command"] !== "ci") {
    const dist = join(root, "dist")
    await build(dist)
    writePages(dist)
}
