/**
 * Go's strconv.FormatFloat with format 'g' and the fewest digits, for a finite number: with an exponent below -4 and
 * from 6 on, at least two digits long and signed.
 */
export function generalFloat(value: number): string {
    if (Object.is(value, -0)) return "-0"
    const [digits = "", exponent = "0"] = value.toExponential().split("e")
    const power = Number(exponent)
    if (power >= -4 && power < 6) return String(value)
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}
