extension ComponentKind<Void, any Backend> {
    /// What calculates, see ``Engine``. A backend whose library is missing throws ``EngineError``.
    public static var backend: Self { Self("backend") }
}
