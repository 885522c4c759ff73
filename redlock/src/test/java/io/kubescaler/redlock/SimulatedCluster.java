package io.kubescaler.redlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/** Nodes and instances without random faults: the tests cause faults. A message takes 1 ms. */
final class SimulatedCluster {

    static final Duration LATENCY = Duration.ofMillis(1);

    final Simulation simulation = new Simulation(0);
    final List<SimulatedNode> nodes;
    private final RedLockSettings settings;
    private final List<SimulatedInstance> instances = new ArrayList<>();

    SimulatedCluster(int nodeCount, RedLockSettings settings) {
        this.settings = settings;
        nodes = IntStream.range(0, nodeCount)
                .mapToObj(i -> new SimulatedNode(
                        simulation, 1, owner -> instances.forEach(instance -> instance.publish("node-" + i, owner))))
                .toList();
    }

    /** An instance that knows all nodes. If they answer, it is admitted. */
    SimulatedInstance newInstance() {
        return newInstance(nodes.size());
    }

    /** An instance that knows the first nodes only. */
    SimulatedInstance newInstance(int known) {
        SimulatedInstance instance = create();
        start(instance, IntStream.range(0, known).toArray());
        pass(LATENCY.multipliedBy(4));
        return instance;
    }

    /** An instance to be started. */
    SimulatedInstance create() {
        SimulatedInstance instance = new SimulatedInstance(simulation, 1, settings);
        instances.add(instance);
        return instance;
    }

    /** Starts the instance with these nodes, after a crash if it runs. */
    void start(SimulatedInstance instance, int... known) {
        instance.restart(IntStream.of(known)
                .mapToObj(i -> new SimulatedLink("node-" + i, instance, nodes.get(i), LATENCY::toNanos, 0))
                .toList());
    }

    void pass(Duration time) {
        simulation.runFor(time, () -> {});
    }

    /** Lets so much time pass, and returns the answer; fails if there is none. */
    <T> T await(CompletionStage<T> stage, Duration atMost) {
        pass(atMost);
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }
}
