import type { Context } from "../context.ts"
import { mutate } from "../change/mutation.ts"

/** Makes the file of every secret what its links say, and removes links that lead to nobody. */
export async function update(_input: object, context: Context): Promise<void> {
    await mutate(context, {
        message: "secrets: update with new keys",
        edit: ({ repo }) => ({ repo }),
        everything: true,
    })
}
