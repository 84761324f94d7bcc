public import ChatApplication
import ChatDomain
import Testing

/// What every event log must do. One suite, carried out on each implementation with a fresh, empty log.
public enum EventLogContract: String, CaseIterable, Sendable {
    // Order.
    case positionsHaveNoGapsAndFollowTheOrderOfCommands
    case aRefusedCommandLeavesNoGap
    case versionsCountEachStreamByItself
    case timeNeverFallsAlongTheLog
    case anEventIsReadAsItWasAppended
    case aBatchOfManyCommandsIsAppendedWhole

    // Guards.
    case aGuardOnAnotherVersionIsAConflict
    case aGuardOnZeroHoldsOnlyForANewStream
    case aGuardMayNameAVersionThatArisesEarlierInTheBatch
    case aConflictDoesNotFailItsNeighbours
    case aRefusedCommandMovesNothingForThoseBehindIt
    case aTouchMovesAStreamWithoutAnEventOfItsOwn
    case aRefusalIsConfirmedByItsGuards

    // Chains.
    case aChainBreaksBehindAConflict
    case aDuplicateDoesNotBreakItsChain
    case aReusedKeyDoesNotBreakItsChain

    // Keys.
    case aDuplicateGetsTheFirstResult
    case aDuplicateIsKnownBeforeItsGuardsAreLookedAt
    case aKeyWithOtherParametersIsRefused
    case aKeyTwiceInOneBatchCountsOnce
    case aKeyOfARefusedCommandIsFreeAgain
    case aRefusalLooksItsKeyUpAndLeavesNone
    case aNoOpKeepsItsKey

    // Nodes.
    case aStaleTermAppendsNothing
    case aBatchNumberCountsOnce
    case aToolAppendsWithoutATerm

    // States and reads.
    case theLastStateOfAStreamIsKept
    case aRefusedCommandStoresNoState
    case readsArePagedAndBounded
    case aPageEndsWithTheEventThatFillsItsBytes
    case aStreamIsReadAlone
    case typesAreReadAlone
    case anEmptyLogIsEmpty
    case theEpochStays

    /// Carries this claim out on an empty log; what fails is recorded as an issue of the running test.
    public func check(_ log: any EventLog) async throws {
        switch self {
        case .positionsHaveNoGapsAndFollowTheOrderOfCommands: try await positionsHaveNoGaps(log)
        case .aRefusedCommandLeavesNoGap: try await refusedLeavesNoGap(log)
        case .versionsCountEachStreamByItself: try await versionsCount(log)
        case .timeNeverFallsAlongTheLog: try await timeNeverFalls(log)
        case .anEventIsReadAsItWasAppended: try await readAsAppended(log)
        case .aBatchOfManyCommandsIsAppendedWhole: try await largeBatch(log)
        case .aGuardOnAnotherVersionIsAConflict: try await conflict(log)
        case .aGuardOnZeroHoldsOnlyForANewStream: try await guardOnZero(log)
        case .aGuardMayNameAVersionThatArisesEarlierInTheBatch: try await versionsInBatch(log)
        case .aConflictDoesNotFailItsNeighbours: try await neighbours(log)
        case .aRefusedCommandMovesNothingForThoseBehindIt: try await refusedMovesNothing(log)
        case .aTouchMovesAStreamWithoutAnEventOfItsOwn: try await touches(log)
        case .aRefusalIsConfirmedByItsGuards: try await refusals(log)
        case .aChainBreaksBehindAConflict: try await chainBreaks(log)
        case .aDuplicateDoesNotBreakItsChain: try await duplicateInChain(log)
        case .aReusedKeyDoesNotBreakItsChain: try await reusedKeyInChain(log)
        case .aDuplicateGetsTheFirstResult: try await firstResult(log)
        case .aDuplicateIsKnownBeforeItsGuardsAreLookedAt: try await duplicateBeforeGuards(log)
        case .aKeyWithOtherParametersIsRefused: try await otherParameters(log)
        case .aKeyTwiceInOneBatchCountsOnce: try await keyTwice(log)
        case .aKeyOfARefusedCommandIsFreeAgain: try await keyOfRefused(log)
        case .aRefusalLooksItsKeyUpAndLeavesNone: try await keyOfRefusal(log)
        case .aNoOpKeepsItsKey: try await keyOfNoOp(log)
        case .aStaleTermAppendsNothing: try await staleTerm(log)
        case .aBatchNumberCountsOnce: try await batchNumber(log)
        case .aToolAppendsWithoutATerm: try await tool(log)
        case .theLastStateOfAStreamIsKept: try await states(log)
        case .aRefusedCommandStoresNoState: try await refusedState(log)
        case .readsArePagedAndBounded: try await pages(log)
        case .aPageEndsWithTheEventThatFillsItsBytes: try await bytesOfPages(log)
        case .aStreamIsReadAlone: try await streamReads(log)
        case .typesAreReadAlone: try await typeReads(log)
        case .anEmptyLogIsEmpty: try await empty(log)
        case .theEpochStays: try await epoch(log)
        }
    }
}
