import { memo } from "react";
import { parse, type Part } from "./parse";
import { FileLink } from "../files/FileLink";
import { RoomLink } from "../rooms/RoomLink";

function PartOf({ part }: { part: Part }) {
  switch (part.is) {
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      );
    case "file":
      return <FileLink id={part.id} name={part.name} />;
    case "room":
      return <RoomLink room={part.room} />;
    case "me":
      return <mark className="me">{part.text}</mark>;
    default:
      return part.text;
  }
}

interface Props {
  text: string;
  me: readonly string[];
  shown?: readonly string[]; // files that are shown by themselves below
}

/** A message's text: words and links, whatever stands in it. */
export const Text = memo(function Text({ text, me, shown }: Props) {
  const parts = parse(text, me).filter((p) => !(p.is === "file" && shown?.includes(p.id)));
  return parts.map((p, i) => <PartOf key={i} part={p} />);
});
