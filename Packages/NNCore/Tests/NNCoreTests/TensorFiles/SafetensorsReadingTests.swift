import Foundation
import Testing

@testable import NNCore

@Suite struct SafetensorsReadingTests {
    @Test func readsEveryType() throws {
        func bytes<Scalar>(_ scalars: [Scalar]) -> [UInt8] { scalars.withUnsafeBytes { Array($0) } }
        let cases: [(type: String, bytes: [UInt8], dataType: DataType, values: [Float])] = [
            ("F64", bytes([1.5, -2.25] as [Double]), .float32, [1.5, -2.25]),
            ("F32", bytes([1.5, -2] as [Float]), .float32, [1.5, -2]),
            ("F16", bytes([0x3c00, 0xc500] as [UInt16]), .float32, [1, -5]),
            ("BF16", bytes([0x3f80, 0xc0a0] as [UInt16]), .bfloat16, [1, -5]),
            ("I64", bytes([7, -8] as [Int64]), .int64, [7, -8]),
            ("I32", bytes([7, -8] as [Int32]), .int32, [7, -8]),
            ("I16", bytes([7, -8] as [Int16]), .int32, [7, -8]),
            ("I8", bytes([7, -8] as [Int8]), .int32, [7, -8]),
            ("U32", bytes([7, 4_000_000_000] as [UInt32]), .int64, [7, 4_000_000_000]),
            ("U16", bytes([7, 65535] as [UInt16]), .int32, [7, 65535]),
            ("U8", [7, 255], .uint8, [7, 255]),
            ("BOOL", [1, 0], .uint8, [1, 0]),
        ]
        for padding in 0..<8 {
            // White space behind the header moves the elements to every alignment.
            for (type, bytes, dataType, values) in cases {
                let header =
                    "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[2],\"data_offsets\":[0,\(bytes.count)]}}"
                    + String(repeating: " ", count: padding)
                try withFile(header, bytes) { url in
                    let file = try SafetensorsFile(url)
                    let tensor = try file.tensor(named: "x")
                    #expect(tensor.specification == TensorSpecification(shape: [2], dataType: dataType))
                    #expect(tensor.floats == values, "\(type)")
                    #expect(try file.specification(named: "x") == tensor.specification)
                }
            }
        }
    }

    @Test func readsMetadataScalarsAndEmptyTensors() throws {
        let header = """
            {"__metadata__":{"format":"pt","é":"\\n"},
             "scalar":{"dtype":"U8","shape":[],"data_offsets":[0,1]},
             "empty":{"dtype":"F32","shape":[0,3],"data_offsets":[1,1],"more":[{"is":"ignored"}]}}
            """
        try withFile(header, [9]) { url in
            let file = try SafetensorsFile(url)
            #expect(file.metadata == ["format": "pt", "é": "\n"])
            #expect(file.names == ["scalar", "empty"])
            #expect(try file.tensor(named: "scalar").item == 9)
            #expect(try file.tensor(named: "empty").shape == [0, 3])
        }
    }

    @Test func tensorsOutliveTheFile() throws {
        let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        let tensor = try withFile(header, [0, 0, 128, 63]) { try SafetensorsFile($0).tensor(named: "x") }
        var changed = tensor
        changed.withMutableScalars(as: Float.self) { $0[0] = 2 }
        #expect(tensor.floats == [1])
        #expect(changed.floats == [2])
    }

    @Test func halfPrecision() {
        let cases: [(UInt16, Float)] = [
            (0x0000, 0), (0x3c00, 1), (0xbc00, -1), (0x7bff, 65504), (0x0400, 0x1p-14), (0x0001, 0x1p-24),
            (0x83ff, -0x3ffp-24), (0x3555, 0x1.554p-2), (0x7c00, .infinity), (0xfc00, -.infinity),
        ]
        for (bits, value) in cases { #expect(Float(halfBitPattern: bits) == value) }
        #expect(Float(halfBitPattern: 0x7e00).isNaN)
        #expect(Float(halfBitPattern: 0x8000).sign == .minus)
    }

    @Test(arguments: [
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, "of the header is not right"),
        ("[]", "the header is not an object"),
        (#"{"x":[]}"#, "the entry is not an object"),
        (#"{"x":{"shape":[2],"data_offsets":[0,8]}}"#, "'dtype' is missing"),
        (
            #"{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
            "'dtype' is missing or occurs twice"
        ),
        (#"{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#, "'shape' is not a list"),
        (#"{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "not a whole number"),
        (#"{"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, "not a whole number"),
        (#"{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, "not a whole number"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "not a beginning and an end"),
        (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "not a beginning and an end"),
        (#"{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "ends at byte 16 of 8; is the file cut off?"),
        (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "8 bytes do not hold F32[3]"),
        (
            #"{"x":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}"#,
            "a tensor of [4294967296, 4294967296, 2] has more elements than can be counted"
        ),
        (
            #"{"x":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#,
            "a tensor of [0, 4294967296, 4294967296] has more elements than can be counted"
        ),
        (
            #"{"x":{"dtype":"U8","shape":["# + String(repeating: "1,", count: 64) + #"1],"data_offsets":[0,1]}}"#,
            "has 65 dimensions; at most 64 are read"
        ),
        (#"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, "has 4 bytes behind the last tensor"),
        (#"{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, "bytes 0 to 4 before it belong to no tensor"),
        (
            #"{"x":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
            "tensor 'y': begins at byte 4, within another tensor"
        ),
        (
            #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
            "tensor 'x': the name occurs twice"
        ),
        (#"{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "'a' in __metadata__"),
        (#"{"__metadata__":[],"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "__metadata__ is not an object"),
    ])
    func refusesMalformedHeaders(_ header: String, _ reason: String) throws {
        try withFile(header, [UInt8](repeating: 0, count: 8)) { url in
            let error = #expect(throws: TensorFileError.self) { try SafetensorsFile(url) }
            #expect(error?.kind == .malformed)
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
            #expect(error?.description.hasPrefix(url.path) == true)
        }
    }

    @Test(arguments: [
        ([UInt8](), "is cut off"),
        ([1, 2, 3], "is cut off"),
        ([10, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d], "is cut off: the header has 10 bytes, 2 are there"),
        ([UInt8](repeating: 255, count: 16), "states a header of 18446744073709551615 bytes"),
        ([0, 0, 0, 0, 1, 0, 0, 0, 0x7b, 0x7d], "states a header of 4294967296 bytes"),
        ([0, 0, 0, 0, 0, 0, 0, 0], "byte 8 of the header is not right"),
    ])
    func refusesMalformedFiles(_ content: [UInt8], _ reason: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try Data(content).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try SafetensorsFile(url) }
            #expect(error?.kind == .malformed)
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
    }

    @Test func everyTruncationIsSeen() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            try SafetensorsFile.write(tensors: [("a", countingTensor([3])), ("b", countingTensor([2, 2]))], to: url)
            let whole = try Data(contentsOf: url)
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: url)
                #expect(throws: TensorFileError.self) { try SafetensorsFile(url) }
            }
        }
    }

    @Test(arguments: ["U64", "F8_E4M3", "C64"])
    func namesTypesThatAreNotSupported(_ type: String) throws {
        let header = "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,8]}}"
        try withFile(header, [UInt8](repeating: 0, count: 8)) { url in
            let file = try SafetensorsFile(url)
            let error = #expect(throws: TensorFileError.self) { try file.tensor(named: "x") }
            #expect(error?.kind == .unsupportedType)
            #expect(error?.description.contains("tensor 'x': has elements of type '\(type)'") == true)
        }
    }

    @Test func namesWhatIsMissing() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            let absent = #expect(throws: TensorFileError.self) { try SafetensorsFile(url) }
            #expect(absent?.description == "\(url.path): cannot be read: No such file or directory")
            let isFolder = #expect(throws: TensorFileError.self) { try SafetensorsFile(folder) }
            #expect(isFolder?.reason == "is not a regular file")
            try SafetensorsFile.write(tensors: [], to: url)
            let file = try SafetensorsFile(url)
            #expect(!file.contains("w"))
            let missing = #expect(throws: TensorFileError.self) { try file.tensor(named: "w") }
            #expect(missing?.kind == .missingTensor)
            #expect(missing?.description == "\(url.path): tensor 'w': is not in the file")
        }
    }

    private func withFile<Result>(_ header: String, _ data: [UInt8], _ body: (URL) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("x.safetensors")
            let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
            try Data(length + Array(header.utf8) + data).write(to: url)
            return try body(url)
        }
    }
}
