import { expect, test } from "vitest"
import { askHidden, NobodyToAsk } from "../../../agent/admin/terminal/prompt.ts"
import { atTerminal, nodeProgram } from "../terminal.ts"
import type { Step } from "../terminal.ts"

/** A program that asks, and prints the answer as hexadecimal digits to standard output. */
function asking(call: string): string[] {
    return nodeProgram(`
        import { askEdited, askHidden, askLine, askYesNo } from "agent:admin/terminal/prompt.ts"
        const terminal = { input: process.stdin, output: process.stderr }
        try {
            const answer = await ${call}
            process.stdout.write(Buffer.from(String(answer)).toString("hex"))
        } catch (error) {
            process.stdout.write(error.name + ": " + error.message)
            process.exitCode = error.exitCode ?? 1
        }
    `)
}

const one = asking(`askHidden(terminal, { text: "Secret: ", instead: "-" })`)
const twice = asking(`askHidden(terminal, { text: "Secret: ", again: "Again: ", instead: "-" })`)
const paste = asking(`askHidden(terminal, { text: "Paste: ", instead: "-", paste: true })`)

function typing(text: string, prompt = "Secret: "): Step[] {
    return [{ expect: prompt }, { type: text }]
}

function decoded(out: string): string {
    return Buffer.from(out, "hex").toString("utf8")
}

for (const [why, argv, steps, answer] of [
    ["a line", one, typing("CANARY\r"), "CANARY"],
    ["a line that ends in LF", one, typing("CANARY\n"), "CANARY"],
    ["a line that ends with Ctrl-D", one, typing("CANARY\x04"), "CANARY"],
    ["blanks and tabs around it", one, typing(" CANARY\t \r"), " CANARY\t "],
    ["backspace takes a whole character", one, typing("CANARYäß\x7f\x08\r"), "CANARY"],
    ["Ctrl-U starts again", one, typing("wrong\x15CANARY\r"), "CANARY"],
    ["arrow keys, Home and Alt do nothing", one, typing("\x1b[DCAN\x1b[1;5C\x1bOHARY\x1bf\r"), "CANARY"],
    ["a bracketed paste of one line", one, typing("\x1b[200~CANARY\x1b[201~\r"), "CANARY"],
    ["twice the same, typed ahead", twice, typing("CANARY\rCANARY\r"), "CANARY"],
    ["a pasted line", paste, typing("CANARY\r", "Paste: "), "CANARY"],
    [
        "a bracketed paste of several lines",
        paste,
        typing("\x1b[200~CANARY 1\rCANARY 2\r\n\r3\x1b[201~\r", "Paste: "),
        "CANARY 1\nCANARY 2\n\n3\n",
    ],
    [
        "a bracketed paste in pieces",
        paste,
        [
            ...typing("\x1b[200~CANARY\r", "Paste: "),
            { wait: 300 },
            { type: "two\x1b[201~" },
            { wait: 200 },
            { type: "\r" },
        ],
        "CANARY\ntwo\n",
    ],
    ["an unmarked paste of several lines", paste, typing("CANARY 1\r2\r3\r", "Paste: "), "CANARY 1\n2\n3\n"],
    ["a pasted line with its line end", paste, typing("\x1b[200~CANARY\r\x1b[201~\r", "Paste: "), "CANARY"],
] as const) {
    test(`takes hidden input: ${why}`, async () => {
        const session = await atTerminal(argv, steps, { pipe: true })
        expect(decoded(session.out)).toBe(answer)
        expect(session.shown).not.toContain("CANARY")
        expect(session).toMatchObject({ status: 0, restored: true })
    })
}

test("says how many lines were pasted, and turns bracketed paste off again", async () => {
    const { shown } = await atTerminal(paste, typing("\x1b[200~CANARY\r2\x1b[201~\r", "Paste: "), {
        pipe: true,
    })
    expect(shown).toBe("\x1b[?2004hPaste: (2 lines)\n\x1b[?2004l")
})

for (const [why, argv, steps, status, message] of [
    ["Ctrl-C", one, typing("CANARY\x03"), 130, "Interrupted: interrupted"],
    ["Ctrl-D without input", one, typing("\x04"), 130, "Interrupted: interrupted"],
    ["SIGINT", one, [...typing("CANARY"), { wait: 200 }, { signal: "SIGINT" }], 130, ""],
    ["SIGTERM", one, [...typing("CANARY"), { wait: 200 }, { signal: "SIGTERM" }], 143, ""],
    ["SIGHUP", one, [...typing("CANARY"), { wait: 200 }, { signal: "SIGHUP" }], 129, ""],
    ["an empty answer", one, typing("\r"), 1, "UserError: nothing was entered; nothing was changed"],
    [
        "two different answers",
        twice,
        [...typing("CANARY\r"), ...typing("canary\r", "Again: ")],
        1,
        "UserError: the two answers differ; nothing was changed",
    ],
    [
        "Ctrl-C at the second answer",
        twice,
        [...typing("CANARY\r"), ...typing("CAN\x03", "Again: ")],
        130,
        "Interrupted: interrupted",
    ],
    [
        "an error in the program",
        asking(
            `Promise.all([askHidden(terminal, { text: "Secret: ", instead: "-" }), setTimeout(() => { throw new Error("bug") }, 300)])`,
        ),
        typing("CANARY"),
        1,
        "",
    ],
] as const) {
    test(`gives the terminal back after ${why}`, async () => {
        const session = await atTerminal(argv, steps, { pipe: true })
        expect(session.out).toBe(message)
        expect(session).toMatchObject({ status, restored: true })
        expect(session.shown).not.toContain("CANARY")
        expect(session.shown).toContain("\x1b[?2004l")
    })
}

test("still shows nothing after it was stopped and continued", async () => {
    const steps: Step[] = [
        ...typing("CAN"),
        { wait: 100 },
        { signal: "SIGSTOP" },
        { wait: 200 },
        { signal: "SIGCONT" },
    ]
    const session = await atTerminal(one, [...steps, { wait: 200 }, { type: "ARY\r" }], { pipe: true })
    expect(decoded(session.out)).toBe("CANARY")
    expect(session.shown).not.toContain("ARY")
    expect(session).toMatchObject({ status: 0, restored: true })
})

test("a line is shown while it is typed", async () => {
    const line = asking(`askLine(terminal, { text: "Name: ", instead: "NAME" })`)
    const session = await atTerminal(line, typing("bob\x7fb \r", "Name: "), { pipe: true })
    expect(decoded(session.out)).toBe("bob")
    expect(session.shown).toContain("Name: bob")
})

// The line of a terminal keeps the escapes of keys as bytes of the answer.
for (const [why, typed, answer] of [
    ["Delete in the middle", "nam\x1b[D\x1b[D\x1b[3~e\x1b[C\r", "nem"],
    ["Delete at the end", "name\x1b[3~\r", "name"],
    ["Ctrl-U", "wrong\x15name\r", "name"],
    ["Home, End and Ctrl-K", "ame\x1b[Hn\x1b[F!\x7f\x1b[1;5D\x1b[F\r", "name"],
    ["an escape of seven bytes", "na\x1b[15;5~me\r", "name"],
    ["Tab", "a\tb\r", "a\tb"],
    ["Backspace over two bytes", "naä\x7fme\r", "name"],
    ["Ctrl-W", "one two\x17three\r", "one three"],
    ["what comes behind it", "name\rmore", "name"],
] as const) {
    test(`a line that is shown is edited: ${why}`, async () => {
        const line = asking(`askEdited(terminal, { text: "Name: ", instead: "NAME" })`)
        const session = await atTerminal(line, typing(typed, "Name: "), { pipe: true })
        expect(decoded(session.out)).toBe(answer)
        expect(session).toMatchObject({ status: 0, restored: true })
    })
}

for (const [why, steps, status] of [
    ["Ctrl-C", typing("name\x03", "Name: "), 130],
    ["Ctrl-D without input", typing("\x04", "Name: "), 130],
    ["SIGTERM", [...typing("name", "Name: "), { wait: 200 }, { signal: "SIGTERM" }], 143],
] as const) {
    test(`gives the terminal back after ${why} in a line that is shown`, async () => {
        const line = asking(`askEdited(terminal, { text: "Name: ", instead: "NAME" })`)
        const session = await atTerminal(line, steps, { pipe: true })
        expect(session).toMatchObject({ status, restored: true })
    })
}

for (const [typed, answer] of [
    ["y\r", "true"],
    ["Yes\r", "true"],
    ["\r", "false"],
    ["n\r", "false"],
    ["yessir\r", "false"],
] as const) {
    test(`yes or no: ${JSON.stringify(typed)} is ${answer}`, async () => {
        const question = asking(`askYesNo(terminal, { text: "Sure?", instead: "--yes" })`)
        const session = await atTerminal(question, typing(typed, "Sure? [y/N] "), { pipe: true })
        expect(decoded(session.out)).toBe(answer)
    })
}

test("asks nobody when there is no terminal, and says what to use instead", async () => {
    const refusal = askHidden(undefined, { text: "Paste your secret: ", instead: "standard input" })
    await expect(refusal).rejects.toThrow("cannot ask without a terminal: Paste your secret")
    await expect(refusal).rejects.toMatchObject({ hint: "use standard input", exitCode: 2 })
    await expect(refusal).rejects.toBeInstanceOf(NobodyToAsk)
})
