// Exports nothing, so it needs no section.

/// Const in C.
public typealias Const<Handle> = Handle
