import { expect, test } from "vitest"
import { formatOf } from "../../agent/sops/format.ts"

for (const [path, format] of Object.entries({
    "a/b.yaml": "yaml",
    "b.yml": "yaml",
    "c.json": "json",
    ".env": "dotenv",
    "prod.env": "dotenv",
    "x.ini": "ini",
    secret: "binary",
    "secrets.yaml.enc": "binary",
    ".env.prod": "binary",
    "A.YAML": "binary",
})) {
    test(`${path} is ${format}`, () => {
        expect(formatOf(path)).toBe(format)
    })
}
