import {
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp, Columns3 } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { toCsv } from "@/lib/csv";
import { recall, remember } from "@/lib/storage";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Menu, MenuCheck, MenuLabel } from "@/ui/menu";

/** A column: how it is shown, ordered, and copied. */
export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The bare value for a copy as CSV. */
  text: (row: Row) => string | null;
  compare?: (a: Row, b: Row) => number;
  numeric?: boolean;
  /** Further classes of its cells, such as a width from which it is shown. */
  className?: string;
  /** Stays when columns are hidden. */
  fixed?: boolean;
}

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

interface DataTableProps<Row> {
  /** Under this name the hidden columns and the order are remembered. */
  name: string;
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Stands beside the title. */
  title?: ReactNode;
  empty: ReactNode;
  selected?: string | null;
  onSelect?: (key: string) => void;
}

function remembered<T>(key: string, fallback: T): T {
  try {
    return (JSON.parse(recall(key) ?? "null") as T | null) ?? fallback;
  } catch {
    return fallback;
  }
}

/** A table that sorts, hides columns, copies itself as CSV, and remembers. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  // The table keeps its state outside of React, which the compiler cannot see.
  "use no memo";
  const { name, caption, columns, rows, rowKey, title, empty, selected, onSelect } = props;
  const [saved] = useState(() =>
    remembered(`table.${name}`, {
      sorting: [] as { id: string; desc: boolean }[],
      columnVisibility: {},
    }),
  );
  const table = useTable({
    features,
    data: rows,
    columns: columns.map((column) => ({
      id: column.id,
      header: column.header,
      accessorFn: (row: Row) => column.text(row) ?? "",
      enableSorting: column.compare !== undefined,
      enableHiding: !column.fixed,
      sortDescFirst: column.numeric ?? false,
      sortFn: (a: { original: Row }, b: { original: Row }) =>
        column.compare?.(a.original, b.original) ?? 0,
    })),
    getRowId: rowKey,
    initialState: saved,
  });
  const { sorting, columnVisibility } = table.state;
  useEffect(() => {
    remember(`table.${name}`, JSON.stringify({ sorting, columnVisibility }));
  }, [name, sorting, columnVisibility]);

  const shown = columns.filter((column) => columnVisibility[column.id] !== false);
  const sorted = table.getRowModel().rows;
  const csv = () =>
    toCsv([
      shown.map((column) => column.header),
      ...sorted.map((row) => shown.map((column) => column.text(row.original))),
    ]);
  return (
    <section className="rounded-card border bg-surface">
      <header className="flex h-10 items-center gap-1 pr-2 pl-4">
        {title}
        <span className="ml-auto" />
        <CopyButton text={csv} label={`Copy ${caption.toLowerCase()} as CSV`} words="CSV" />
        <Menu
          align="end"
          trigger={
            <Button variant="ghost" size="small" aria-label={`Columns of ${caption.toLowerCase()}`}>
              <Columns3 /> Columns
            </Button>
          }
        >
          <MenuLabel>Columns</MenuLabel>
          {columns
            .filter((column) => !column.fixed)
            .map((column) => (
              <MenuCheck
                key={column.id}
                checked={columnVisibility[column.id] !== false}
                onChange={(visible) => table.getColumn(column.id)?.toggleVisibility(visible)}
              >
                {column.header}
              </MenuCheck>
            ))}
        </Menu>
      </header>
      {rows.length === 0 ? (
        <div className="border-t">{empty}</div>
      ) : (
        <div className="overflow-x-auto">
          <table className="w-full border-collapse text-left">
            <caption className="sr-only">{caption}</caption>
            <thead>
              <tr>
                {shown.map((column) => {
                  const order = sorting.find((each) => each.id === column.id);
                  return (
                    <th
                      key={column.id}
                      scope="col"
                      aria-sort={order ? (order.desc ? "descending" : "ascending") : undefined}
                      className={cn(
                        "border-y bg-ground px-2 py-0 text-12 font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4",
                        column.numeric && "text-right",
                        column.className,
                      )}
                    >
                      {column.compare ? (
                        <button
                          type="button"
                          onClick={() => table.getColumn(column.id)?.toggleSorting()}
                          className="inline-flex h-7 items-center gap-1 hover:text-text [&_svg]:size-3"
                        >
                          {column.header}
                          {order ? order.desc ? <ArrowDown /> : <ArrowUp /> : null}
                        </button>
                      ) : (
                        column.header
                      )}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {sorted.map((row) => {
                const chosen = selected === row.id;
                return (
                  <tr
                    key={row.id}
                    aria-current={chosen ? "true" : undefined}
                    onClick={onSelect ? () => onSelect(row.id) : undefined}
                    className={cn(
                      "group hover:bg-raised [&:last-child>td]:border-b-0",
                      onSelect && "cursor-pointer",
                      chosen && "bg-raised",
                    )}
                  >
                    {shown.map((column) => (
                      <td
                        key={column.id}
                        className={cn(
                          "relative h-9 border-b px-2 py-1.5 first:pl-4 last:pr-4",
                          column.numeric && "tabular text-right whitespace-nowrap",
                          column.className,
                          chosen && "first:shadow-[inset_1px_0_0_var(--accent)]",
                        )}
                      >
                        {column.cell(row.original)}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
