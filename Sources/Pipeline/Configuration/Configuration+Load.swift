internal import Foundation

extension Configuration {
    /// The environment of this process.
    public static var processEnvironment: [String: String] {
        ProcessInfo.processInfo.environment
    }

    /// Reads a configuration file.
    ///
    /// - Parameters:
    ///   - path: the file; messages name it as it is written here.
    ///   - environment: what `${V}` stands for, and where state and plugins lie by default.
    /// - Throws: everything that is wrong with it, each at its line.
    public init(
        contentsOf path: String,
        environment: [String: String] = Configuration.processEnvironment
    ) throws(ConfigurationError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw Self.fault(path, "the file can't be read: \(Self.words(error))")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Self.fault(path, "the file is not UTF-8")
        }
        try self.init(text: text, file: path, environment: environment)
    }

    /// Reads a configuration's text.
    ///
    /// - Parameter file: what messages name it, and where relative paths count from.
    public init(
        text: String, file: String,
        environment: [String: String] = Configuration.processEnvironment
    ) throws(ConfigurationError) {
        let (root, faults) = try YAMLFile(
            file: file, expansion: Expansion(environment: environment)
        )
        .read(text)
        var decoder = ConfigurationDecoder(
            file: file, folder: Self.folder(of: file), environment: environment,
            diagnostics: faults)
        self = try decoder.decode(root)
    }

    private static func folder(of file: String) -> String {
        let here = FileManager.default.currentDirectoryPath
        let path = file.hasPrefix("/") ? file : "\(here)/\(file)"
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        return folder.isEmpty ? "/" : folder
    }

    private static func fault(_ file: String, _ message: String) -> ConfigurationError {
        ConfigurationError([
            Diagnostic(SourceLocation(file: file, line: 0, column: 0), message: message)
        ])
    }

    private static func words(_ error: any Error) -> String {
        var cause: (any Error)? = error
        while let found = cause.map({ $0 as NSError }) {
            if found.domain == NSPOSIXErrorDomain {
                return String(cString: strerror(Int32(found.code)))
            }
            cause = found.userInfo[NSUnderlyingErrorKey] as? any Error
        }
        return error.localizedDescription
    }
}
