"""Resources: what the machine lends for a while: memory, processes, temporary folders, the disk.

    workspace.Workspace(memory_limit)        DuckDB in a temporary folder that is always removed
    pool.Pool(work, processes, folder)       the same work on many blocks at once

`budget` shares memory between them. `drafts` are temporary folders that are found after a crash,
`durable` makes files survive a power cut, `closing` is the base of what a ``with`` block closes.
`account` is whose program this is.
"""
