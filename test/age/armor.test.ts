import { expect, test } from "vitest"
import { decodeArmor, encodeArmor, isArmored } from "../../agent/age/armor.ts"

const file = Buffer.from(
    "age-encryption.org/v1\nCANARY of a file that is long enough for two lines of armour",
)
const armor = encodeArmor(file).toString("latin1")
const body = armor.trimEnd()

// What age 1.3 takes and refuses.
const taken: Record<string, string> = {
    "nothing around it": armor,
    "empty lines above": `\n\r\n${armor}`,
    "a line of blanks above": ` \t\v\n${armor}`,
    "blanks of Unicode above": `\xc2\xa0\xe2\x80\x83\n${armor}`,
    "1024 line breaks above": "\n".repeat(1024) + armor,
    "1023 blanks above": `${" ".repeat(1023)}\n${armor}`,
    "no final line break": body,
    "a carriage return at the end": `${body}\r`,
    "line breaks of Windows": armor.replaceAll("\n", "\r\n"),
    "blanks below": `${body}\n \t\n`,
    "1023 blanks below": `${body}\n${" ".repeat(1023)}`,
}
for (const [what, text] of Object.entries(taken)) {
    test(`takes ${what}`, () => {
        expect(isArmored(Buffer.from(text, "latin1"))).toBe(true)
        expect(decodeArmor(Buffer.from(text, "latin1"))).toEqual(file)
    })
}

const refused: Record<string, string> = {
    "a blank in front": ` ${armor}`,
    "a tab in front, below an empty line": `\n\t${armor}`,
    "a carriage return in front": `\r${armor}`,
    "1024 blanks above": `${" ".repeat(1024)}\n${armor}`,
    "a byte that is no blank above": `\xa0\n${armor}`,
    "a blank behind the first line": armor.replace("FILE-----\n", "FILE----- \n"),
    "a blank behind the last line": `${body} \n`,
    "two carriage returns": `${body}\r\r\n`,
    "1024 blanks below": `${body}\n${" ".repeat(1024)}`,
    "text below": `${body}\nCANARY\n`,
    "no end": body.slice(0, -1),
}
for (const [what, text] of Object.entries(refused)) {
    test(`refuses ${what}`, () => {
        expect(() => decodeArmor(Buffer.from(text, "latin1"))).toThrow(/the armour does not/u)
    })
}
