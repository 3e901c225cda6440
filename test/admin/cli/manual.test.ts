import { expect, test } from "vitest"
import { command } from "../../../agent/admin/cli/command.ts"
import { manual } from "../../../agent/admin/cli/manual.ts"

const add = command(
    {
        words: "users add",
        aliases: ["users new"],
        summary: "Add a user",
        description: [".SH is no heading here", "a back\\slash"],
        examples: [["hostseal users add alice age1…", "add alice"]],
        args: [{ name: "user", summary: "a name" }],
        options: { "age-key": { type: "string", value: "KEY", short: "k", summary: "a key" } },
        effect: "reads",
    },
    async () => async () => undefined,
)

test("a page for the program and one for each command, named after its words", () => {
    const pages = manual([add], [{ name: "users", aliases: [], summary: "People" }], "1.2.3")
    expect(pages.map(({ file }) => file)).toEqual(["hostseal.1", "hostseal-users-add.1"])
    const [, page] = pages
    expect(page?.text).toContain(`.TH HOSTSEAL\\-USERS\\-ADD 1 "" "hostseal 1.2.3" "hostseal"`)
    expect(page?.text).toContain(".SH NAME\nhostseal\\-users\\-add \\- add a user\n")
    expect(page?.text).toContain("\\fB\\-k, \\-\\-age\\-key\\fR \\fIKEY\\fR\na key\n")
    expect(page?.text).toContain(".SH ALSO KNOWN AS\nhostseal users new\n")
})

test("command lines can be copied: quotes are kept, words not broken", () => {
    const quoted = { ...add, examples: [[`rm "$x" ~ '\`y\`' ^`, "remove it"]] as const }
    const [, page] = manual([quoted], [], "0")
    expect(page?.text).toContain(
        `\n.TP\n\\fBrm \\(dq$x\\(dq \\(ti \\(aq\\(gay\\(ga\\(aq \\(ha\\fR\nremove it\n`,
    )
    expect(page?.text).toMatch(/^\.TH .*\n\.nh\n\.ad l\n/u)
})

test("a page says how its command ends, the first one what is taken from the environment", () => {
    const [overview, page] = manual([add], [], "0")
    for (const each of [overview, page]) expect(each?.text).toContain(".SH EXIT STATUS\n.TP\n\\fB0\\fR\n")
    expect(overview?.text).toContain("\\fBCLAN_DIR\\fR")
})

test("text cannot become a request or an escape", () => {
    const [, page] = manual([add], [], "0")
    expect(page?.text).toContain("\n\\&.SH is no heading here\n")
    expect(page?.text).toContain("a back\\eslash")
})
