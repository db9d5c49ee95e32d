import { autocompletion, closeBrackets, type CompletionSource } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  StreamLanguage,
  type StreamParser,
  type StringStream,
  syntaxHighlighting,
} from "@codemirror/language";
import { jinja2 } from "@codemirror/legacy-modes/mode/jinja2";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";

import { characters } from "@/lib/text";
import { cn } from "@/ui/cn";

/** Something about a place in the text. */
export interface Finding {
  /** From 1. */
  line: number;
  /** In characters, from 1. */
  column: number;
  /** In characters. */
  length: number;
  severity: "error" | "warning";
  message: string;
}

/** What the editor offers while somebody types inside of a tag. */
export interface Offer {
  label: string;
  detail: string;
  kind: "variable" | "filter" | "statement";
}

/** What can be done to the editor from outside. */
export interface EditorHandle {
  /** Puts a text in place of the selection. */
  insert: (text: string) => void;
  /** Puts the cursor there. */
  goTo: (line: number, column: number) => void;
}

interface CodeEditorProps {
  ref?: Ref<EditorHandle>;
  /** What a screen reader calls it. */
  label: string;
  value: string;
  onChange?: (value: string) => void;
  readOnly?: boolean;
  findings?: readonly Finding[];
  offers?: readonly Offer[];
  className?: string;
}

const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "12px", backgroundColor: "var(--surface)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)",
    color: "var(--muted)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { boxShadow: "inset 1px 0 0 var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--accent) 26%, transparent)" },
  ".cm-matchingBracket": { outline: "1px solid var(--muted)", backgroundColor: "transparent" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    boxShadow: "var(--float)",
    fontFamily: "var(--font-sans)",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--on-solid)",
  },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.8" },
  ".cm-diagnostic": { padding: "4px 10px", borderLeftWidth: "2px" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-panel input, .cm-panel button": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    backgroundImage: "none",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
  },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operator, tags.tagName], color: "var(--accent)" },
  { tag: [tags.variableName, tags.propertyName], color: "var(--info)" },
  { tag: [tags.string, tags.number, tags.atom, tags.bool], color: "var(--warn)" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);

interface TemplateState {
  intag: unknown;
  incomment: unknown;
}

/** Tags in prose. The mode knows statements that begin with `#`, which our templates do not have. */
const TEMPLATE = StreamLanguage.define<TemplateState>({
  ...(jinja2 as StreamParser<TemplateState>),
  token: (stream: StringStream, state: TemplateState) => {
    if (state.intag || state.incomment || stream.peek() === "{")
      return (jinja2 as StreamParser<TemplateState>).token(stream, state);
    const heads = stream.sol() && stream.peek() === "#";
    stream.eatWhile(/[^{]/);
    return heads ? "heading" : null;
  },
});

/** Offers filters behind a bar and everything else inside of a tag; nothing in prose. */
const offering =
  (offers: () => readonly Offer[]): CompletionSource =>
  (context) => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 400), context.pos);
    const tag = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
    const closed = Math.max(before.lastIndexOf("}}"), before.lastIndexOf("%}"));
    const word = context.matchBefore(/[\w.]*/);
    if (tag === -1 || closed > tag || !word || (word.from === word.to && !context.explicit))
      return null;
    const afterBar = /\|\s*$/.test(before.slice(0, before.length - word.text.length));
    return {
      from: word.from,
      validFor: /^[\w.]*$/,
      options: offers()
        .filter(({ kind }) => (kind === "filter") === afterBar)
        .map(({ label, detail, kind }) => ({
          label,
          detail,
          type: kind === "statement" ? "keyword" : kind === "filter" ? "function" : "variable",
        })),
    };
  };

/** Offsets of a place; what lies outside of the text is moved to its edge. */
function placeOf(doc: Text, { line, column, length }: Omit<Finding, "severity" | "message">) {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const written = characters(at.text);
  const units = (count: number) => written.slice(0, Math.max(0, count)).join("").length;
  return { from: at.from + units(column - 1), to: at.from + units(column - 1 + length) };
}

/** A template with its tags in colour, its findings marked, and what may be written offered. */
export function CodeEditor(props: CodeEditorProps) {
  const { ref, label, value, onChange, readOnly = false, findings, offers, className } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  const offered = useRef<readonly Offer[]>([]);
  const access = useRef(new Compartment());
  useEffect(() => {
    changed.current = onChange;
    offered.current = offers ?? [];
  });

  useEffect(() => {
    if (!place.current) return;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          TEMPLATE,
          syntaxHighlighting(COLOURS),
          autocompletion({ override: [offering(() => offered.current)], icons: false }),
          // Tab leaves the editor, as it leaves every field.
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString());
          }),
          access.current.of([]),
          THEME,
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({
      effects: access.current.reconfigure([
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-readonly": String(readOnly),
          spellcheck: "false",
        }),
      ]),
    });
  }, [label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const told = (findings ?? []).map((finding): Diagnostic => ({
      ...placeOf(editor.state.doc, finding),
      severity: finding.severity,
      message: finding.message,
    }));
    editor.dispatch(setDiagnostics(editor.state, told));
  }, [findings, value]);

  useImperativeHandle(ref, () => ({
    insert: (text) => {
      const editor = view.current;
      if (!editor || editor.state.readOnly) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
    goTo: (line, column) => {
      const editor = view.current;
      if (!editor) return;
      const { from } = placeOf(editor.state.doc, { line, column, length: 0 });
      editor.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      editor.focus();
    },
  }));

  return <div ref={place} className={cn("min-h-0 overflow-hidden", className)} />;
}
