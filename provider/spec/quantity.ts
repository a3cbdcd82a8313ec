/**
 * Kubernetes resource quantities ("500m", "2Gi", "1e3"): the grammar of
 * k8s.io/apimachinery/pkg/api/resource, without its rarely used nano and micro suffixes.
 */
const pattern = /^(\d+(?:\.\d+)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

const factors: Readonly<Record<string, number>> = {
  m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** The quantity's value in its base unit (bytes, cores), or undefined when it is not a quantity. */
export function quantityValue(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const suffix = match[2];
  if (suffix === undefined) {
    return Number(match[1]);
  }
  const factor = factors[suffix];
  return factor === undefined ? Number(`${match[1]}${suffix}`) : Number(match[1]) * factor;
}

/** Cores as millicores, rounded up: never less than was asked for. */
export function millicores(cores: number): string {
  return `${Math.ceil(cores * 1000)}m`;
}

/** Bytes as mebibytes, rounded up. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}
