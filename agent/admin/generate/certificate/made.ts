// From what is declared to a certificate.

import type { CertificateMake, Source } from "../../../repo/generators/generator.ts"
import { Failure } from "../../failure.ts"
import { authority, leaf } from "./certificate.ts"
import type { Certificate } from "./certificate.ts"

/** Makes it of what `valueOf` gives. Throws `Failure` that names the file for keys that are none. */
export async function certificateOf(
    make: CertificateMake,
    valueOf: (source: Source) => Promise<Buffer>,
    now: Date,
    where: string,
): Promise<Certificate> {
    const key = await valueOf({ file: make.key })
    const issuer =
        make.kind === "tls-cert" && make.ca !== undefined
            ? { key: await valueOf(make.ca.key), certificate: await valueOf(make.ca.certificate) }
            : undefined
    try {
        if (make.kind === "tls-cert") return leaf(key, make, issuer, now)
        return authority(key, { ...make, dns: [], ip: [] }, now)
    } catch (error) {
        throw new Failure("refused", `nothing was changed: ${where} cannot be made`, { cause: error })
    }
}
