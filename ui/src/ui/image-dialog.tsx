import { ZoomIn, ZoomOut } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

interface ImageDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  address: string;
  width: number;
  height: number;
  /** Beside the title. */
  actions?: ReactNode;
}

/** The steps of the zoom; nothing stands for "as large as the window". */
const ZOOMS = [null, 1, 1.5, 2, 3, 4] as const;

function Picture({
  title,
  address,
  width,
  height,
}: Omit<ImageDialogProps, "open" | "onOpenChange" | "actions">) {
  const [level, setLevel] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  const zoom = ZOOMS[level] ?? null;
  const by = (step: number) =>
    setLevel((before) => Math.min(ZOOMS.length - 1, Math.max(0, before + step)));

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let turned = 0;
    // React listens passively, and a passive listener cannot keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < 40) return;
      by(turned < 0 ? 1 : -1);
      turned = 0;
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);

  // Dragging moves the picture; the keyboard scrolls the same area.
  const drag = (event: React.PointerEvent<HTMLDivElement>) => {
    if (event.buttons !== 1) return;
    event.currentTarget.scrollLeft -= event.movementX;
    event.currentTarget.scrollTop -= event.movementY;
  };
  return (
    <>
      <div className="flex items-center gap-1 border-b px-4 py-1.5">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Smaller"
          disabled={level === 0}
          onClick={() => by(-1)}
        >
          <ZoomOut />
        </Button>
        <span className="tabular w-24 text-center text-12 text-muted">
          {zoom === null ? "Whole picture" : `${zoom * 100} %`}
        </span>
        <Button
          variant="ghost"
          size="icon"
          aria-label="Larger"
          disabled={level === ZOOMS.length - 1}
          onClick={() => by(1)}
        >
          <ZoomIn />
        </Button>
        <span className="ml-auto text-12 text-muted">Wheel zooms, dragging moves</span>
      </div>
      <div
        ref={place}
        tabIndex={0}
        role="region"
        aria-label="Picture"
        onPointerMove={drag}
        className="min-h-0 flex-1 cursor-grab overflow-auto bg-white active:cursor-grabbing"
      >
        <img
          src={address}
          alt={title}
          draggable={false}
          className={zoom === null ? "mx-auto h-full w-full object-contain" : "mx-auto max-w-none"}
          style={zoom === null ? undefined : { width: width * zoom, height: height * zoom }}
        />
      </div>
    </>
  );
}

/** A chart as large as it is, or larger. */
export function ImageDialog({ open, onOpenChange, title, actions, ...picture }: ImageDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      actions={actions}
      className="h-[92vh] w-[min(1480px,calc(100vw-32px))] overflow-hidden"
    >
      <Picture title={title} {...picture} />
    </Dialog>
  );
}
