import { Icon } from "../ui/icons";
import { contentPath } from "./state";

/** A link to a file of which only the link is known. */
export function FileLink({ id, name }: { id: string; name: string }) {
  return (
    <a className="file-link" href={contentPath(id)} download={name}>
      <Icon name="files" />
      <bdi>{name}</bdi>
    </a>
  );
}
