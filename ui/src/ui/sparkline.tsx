import { toPlotNumber } from "@/lib/decimal";
import { cn } from "@/ui/cn";

interface SparklineProps {
  values: readonly (string | null)[];
  label: string;
  className?: string;
  /** Fills below the line. */
  area?: boolean;
}

/** A line without axes. A missing value is a gap. */
export function Sparkline({ values, label, className, area = false }: SparklineProps) {
  const numbers = values.map(toPlotNumber);
  const known = numbers.filter((value) => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const width = 200;
  const step = width / (numbers.length - 1);
  let path = "";
  let pen = false;
  for (const [index, value] of numbers.entries()) {
    if (value === null) {
      pen = false;
      continue;
    }
    const y = 38 - ((value - low) / span) * 36;
    path += `${pen ? "L" : "M"}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return (
    <svg
      viewBox={`0 0 ${width} 40`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={cn("block w-full text-accent", className)}
    >
      {area && numbers.every((value) => value !== null) ? (
        <path d={`${path}L${width} 40L0 40Z`} fill="currentColor" opacity="0.1" />
      ) : null}
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.25"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
