/// Why a plugin was not found, not loaded or made no instance.
///
/// Calls of an instance never throw: see ``CallOutcome``.
public struct PluginError: Error, Sendable, CustomStringConvertible {
    /// What kind of error; more may come with later versions.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// No plugin of that name, or no file of that path.
        public static let notFound = Code(rawValue: "not_found")
        /// A name without vendor that more than one plugin has.
        public static let ambiguous = Code(rawValue: "ambiguous")
        /// The file can't be opened or read.
        public static let unreadable = Code(rawValue: "unreadable")
        /// A folder, pipe or device.
        public static let notRegularFile = Code(rawValue: "not_a_regular_file")
        /// Anyone could change the file.
        public static let worldWritable = Code(rawValue: "world_writable")
        /// No ELF file.
        public static let notELF = Code(rawValue: "not_elf")
        /// The file is shorter than its headers say.
        public static let truncated = Code(rawValue: "truncated")
        /// The file's headers contradict each other.
        public static let malformed = Code(rawValue: "malformed")
        /// Built for another machine.
        public static let wrongArchitecture = Code(rawValue: "wrong_architecture")
        /// A program or an object file, no shared library.
        public static let notShared = Code(rawValue: "not_shared")
        /// `spillway_plugin_init` is not exported.
        public static let noEntry = Code(rawValue: "no_entry")
        /// Built against a C library newer than this machine's.
        public static let needsNewerLibrary = Code(rawValue: "needs_newer_library")
        /// There is no manifest beside the file, and unpinned plugins are not allowed.
        public static let manifestMissing = Code(rawValue: "manifest_missing")
        /// The manifest can't be read.
        public static let manifestInvalid = Code(rawValue: "manifest_invalid")
        /// The manifest and the file, or the plugin in it, do not agree.
        public static let manifestLies = Code(rawValue: "manifest_lies")
        /// The folder of private copies can't be used.
        public static let privateFolder = Code(rawValue: "private_folder")
        /// The loader of the system refused the file.
        public static let cantOpen = Code(rawValue: "cant_open")
        /// Another major version of the ABI.
        public static let wrongABI = Code(rawValue: "wrong_abi")
        /// The plugin's entry failed.
        public static let initFailed = Code(rawValue: "init_failed")
        /// The plugin broke a rule of the ABI while it was loaded.
        public static let brokenRule = Code(rawValue: "broken_rule")
        /// The plugin has no such interface.
        public static let noInterface = Code(rawValue: "no_interface")
        /// The plugin does not take these options, or not this contract.
        public static let invalidOptions = Code(rawValue: "invalid_options")
        /// The plugin could not make an instance.
        public static let createFailed = Code(rawValue: "create_failed")
        /// A manifest could not be written.
        public static let writeFailed = Code(rawValue: "write_failed")
    }

    public var code: Code
    /// What failed, of which plugin or file, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
