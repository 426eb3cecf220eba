import Testing

@testable import ZondaCUDA

struct KernelArgumentsTests {
    struct Pair: BitwiseCopyable {
        var small: Int8
        var large: Double
    }

    @Test func valuesLieWhereTheirTypesWant() {
        var arguments = KernelArguments(Int8(1), UInt64(2), Float(3))
        arguments.append(Pair(small: 4, large: 5))
        #expect(arguments.offsets == [0, 8, 16, 24])
        arguments.withPointers { pointers in
            #expect(pointers?[0]?.load(as: Int8.self) == 1)
            #expect(pointers?[1]?.load(as: UInt64.self) == 2)
            #expect(pointers?[2]?.load(as: Float.self) == 3)
            #expect(pointers?[3]?.load(as: Pair.self).large == 5)
        }
    }

    @Test func none() {
        #expect(KernelArguments().offsets.isEmpty)
        #expect(KernelArguments().withPointers { $0 != nil })
    }
}
