import { useInfiniteQuery } from "@tanstack/react-query";
import { get } from "../api/call";
import type { File } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { brief, whole } from "../i18n/time";
import { roomPath } from "../shell/route";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Link } from "../ui/Link";
import { FileCard } from "./FileCard";

const pageSize = 50;

/** The files of a room, newest first, each with the message that brought it. */
export function FilesPanel({ room }: { room: string }) {
  const i = useI18n();
  const q = useInfiniteQuery({
    queryKey: ["files", room],
    queryFn: ({ pageParam, signal }) => get<File[]>(`/rooms/${room}/files`, { limit: pageSize, ...(pageParam && { before: pageParam }) }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length === pageSize ? last.at(-1)?.message : undefined),
    staleTime: 0,
  });
  const files = q.data?.pages.flat() ?? [];
  if (q.isSuccess && files.length === 0) return <Empty icon="files" title={i.t("noFiles")} text={i.t("noFilesText")} />;
  return (
    <ul className="file-list">
      {files.map((f) => (
        <li key={f.id}>
          <FileCard file={f} />
          <p className="dim">
            <bdi>{f.uploader}</bdi> ·{" "}
            {f.message ? (
              <Link to={roomPath(room, f.message)} title={whole(i, f.at)}>
                {brief(i, f.at)}
              </Link>
            ) : (
              brief(i, f.at)
            )}
          </p>
        </li>
      ))}
      {q.hasNextPage && <Button onClick={() => void q.fetchNextPage()}>{i.t("moreFiles")}</Button>}
    </ul>
  );
}
