import { expect, test } from "vitest"
import { addressBytes } from "../../../../agent/admin/generate/certificate/address.ts"

test.each([
    ["192.0.2.7", "c0000207"],
    ["::", "0".repeat(32)],
    ["::1", `${"0".repeat(31)}1`],
    ["2001:db8::1:0", "20010db8000000000000000000010000"],
    ["fe80::", `fe80${"0".repeat(28)}`],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:192.0.2.7", "00000000000000000000ffffc0000207"],
])("%s", (text, bytes) => {
    expect(addressBytes(text).toString("hex")).toBe(bytes)
})

test.each(["", "CANARY", "1.2.3", "fe80::1%eth0", "2001:db8::/32"])("%j is none", (text) => {
    expect(() => addressBytes(text)).toThrow("no IP address")
})
