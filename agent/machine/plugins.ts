import type { PluginIdentity } from "../age/identity-file.ts"
import type { Identity } from "../age/key.ts"
import type { Stanza } from "../age/stanza.ts"
import type { Host } from "./host.ts"

/** How long a plugin may be silent; on a machine nobody is there to touch a key. */
const silence = 30_000

/**
 * Identities that a plugin has to use, if the manifest allows that plugin by name and absolute path (docs/security-rules.md#plugins);
 * the others are told about and left out. One run of the plugin answers for all files, and every question that it
 * has for a person is answered with no.
 */
export function pluginIdentities(
    found: readonly PluginIdentity[],
    file: string,
    allowed: ReadonlyMap<string, string>,
    host: Host,
): readonly Identity[] {
    return found.flatMap(({ name, text, recipient }) => {
        const program = allowed.get(name)
        if (program === undefined) {
            host.tell(`warning: a key in ${file} needs age-plugin-${name}, which the manifest does not allow`)
            return []
        }
        const unwrapAll = (files: readonly (readonly Stanza[])[]): Promise<readonly (Buffer | undefined)[]> =>
            ask(program, text, files, host)
        return [
            {
                recipient: recipient ?? "",
                unwrapAll,
                unwrap: async (stanzas: readonly Stanza[]) => (await unwrapAll([stanzas]))[0],
            },
        ]
    })
}

async function ask(
    program: string,
    identity: string,
    files: readonly (readonly Stanza[])[],
    host: Host,
): Promise<readonly (Buffer | undefined)[]> {
    const [{ childEnvironment, converse }, { nobody, unwrapWithPlugin }] = await Promise.all([
        import("../os/children.ts"),
        import("../age/plugin.ts"),
    ])
    const conversation = await converse({
        program,
        args: ["--age-plugin=identity-v1"],
        env: childEnvironment(host.env),
        cwd: "/",
        deadline: undefined,
    })
    const { input, output } = conversation
    const channel = { output: bytesOf(output), write: (bytes: Buffer) => void input.write(bytes) }
    try {
        return await unwrapWithPlugin({ channel, prompts: nobody, deadline: silence }, [identity], files)
    } finally {
        await conversation.close()
    }
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk
}
