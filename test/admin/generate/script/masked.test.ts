import { expect, test } from "vitest"
import { masked } from "../../../../agent/admin/generate/script/masked.ts"

const pem = "-----BEGIN KEY-----\nCANARYkey\n}\n-----END KEY-----\n"

test.each([
    ["as it is", "got CANARY!", ["CANARY"], "got ********!"],
    ["without its line end", "got CANARY!", ["CANARY\n"], "got ********!"],
    ["a short one", "pin 12 of 12", ["12"], "pin ******** of ********"],
    ["the longer one first", "CANARY-long", ["CANARY", "CANARY-long"], "********"],
    ["in base64", Buffer.from("CANARY1").toString("base64"), ["CANARY1"], "********=="],
    ["in hex", `x${Buffer.from("CANARY").toString("hex")}x`, ["CANARY"], "x********x"],
    ["line by line, but for lines that tell nothing", "{ CANARYkey }", [pem], "{ ******** }"],
    ["nothing", "output", [""], "output"],
])("a value is not shown %s", (_how, output, values, expected) => {
    expect(
        masked(
            output,
            values.map((value) => Buffer.from(value)),
        ),
    ).toBe(expected)
})

test("the last lines are shown", () => {
    const lines = Array.from({ length: 30 }, (_each, at) => `line ${at}`).join("\n")
    expect(masked(`${lines}\n`, []).split("\n")).toHaveLength(20)
    expect(masked(`${lines}\n`, [])).toMatch(/line 29$/u)
})
