import { useId } from "react";

interface TextFileProps {
  text: string;
  onText: (text: string) => void;
  onFile: (file: File) => void;
}

/** What a text file holds: read from the file, or pasted. */
export function TextFile({ text, onText, onFile }: TextFileProps) {
  const fileId = useId();
  return (
    <>
      <div>
        <label htmlFor={fileId} className="mb-1 block text-12 font-medium">
          File
        </label>
        <input
          id={fileId}
          type="file"
          accept=".toml,text/plain"
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file) onFile(file);
          }}
          className="text-12 file:mr-3 file:h-7 file:rounded-base file:border file:border-solid file:border-line-strong file:bg-surface file:px-2.5 file:font-medium file:text-text"
        />
      </div>
      <textarea
        aria-label="What the file holds"
        placeholder="… or paste what the file holds"
        value={text}
        onChange={({ target }) => onText(target.value)}
        spellCheck={false}
        className="h-64 w-full resize-y rounded-base border border-line-strong bg-ground px-2.5 py-2 font-mono text-12 leading-[1.6]"
      />
    </>
  );
}
