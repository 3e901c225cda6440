import { visibleName } from "../../error.ts"
import { secretName } from "../../repo/edits.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { noSuchSecret, openSecret } from "../keys/open-secret.ts"
import { chosenSecrets } from "../repository/chosen.ts"
import { publicValue } from "../repository/public-var.ts"
import { named, variableOf } from "../run/variable.ts"
import { type TextFormat, textWith } from "./text.ts"

/** Prints the values of secrets as one text, by their names, or by those that `NAME=` gives them. */
export async function getMany(words: readonly string[], format: TextFormat, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const values = new Map<string, Buffer>()
    const names = new Map<string, string>()
    for (const word of words) {
        const { name: given, secret } = named(word)
        const paths = await chosenSecrets([secret], flake, context)
        if (given !== undefined && paths.length > 1)
            throw new Failure(
                "usage",
                `"${visibleName(secret)}" are ${paths.length} secrets, and ${given} is one name`,
            )
        for (const path of paths) {
            const name = given ?? (format === "json" ? secretName(path) : variableOf(secretName(path)))
            const other = names.get(name)
            if (other === path) continue
            if (other !== undefined)
                throw new Failure("usage", `${secretName(other)} and ${secretName(path)} are both ${name}`, {
                    hint: `choose another name: NAME=${secretName(path)}`,
                })
            const value = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
            if (value === undefined) throw await noSuchSecret(flake, path, context)
            names.set(name, path)
            values.set(name, value)
        }
    }
    context.out(textWith(values, format))
}
