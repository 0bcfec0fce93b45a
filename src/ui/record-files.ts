/** What can be made of the record and written into files of the project. */
export interface RecordFiles {
  /**
   * The name that an eval case of a run would get: the first words of its prompt.
   * @throws HarnessError where no case can be made of it
   */
  caseName(runId: string): string;
  /**
   * Writes an eval case that holds later runs to what a run did. Nothing is ever overwritten.
   * @param name an id, or a file that ends in .yaml
   * @throws HarnessError where none can be made, and for an id or a file that is taken
   */
  saveCase(runId: string, name: string): Promise<Saved>;
  /**
   * Writes all of a session. Nothing is ever overwritten.
   * @param file ends in .md, or in .json for all events too
   * @throws HarnessError for another ending, or a file that is there
   */
  exportSession(session: string, file: string): Saved;
}

/** What was written, from the folder where the chat was started, and what there is to say about it. */
export interface Saved {
  readonly file: string;
  readonly notes: readonly string[];
}
