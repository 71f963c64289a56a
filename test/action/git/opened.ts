import { onTestFinished } from "vitest";
import { OpenRepository } from "../../../action/sources/git/open-repository.ts";

/** A repository that is closed at the end of the test. */
export function opened(folder: string): OpenRepository {
  const repository = new OpenRepository({ folder });
  onTestFinished(() => repository.close());
  return repository;
}
