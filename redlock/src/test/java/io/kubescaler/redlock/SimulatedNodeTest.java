package io.kubescaler.redlock;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

class SimulatedNodeTest extends LockNodeContract {

    private final Simulation simulation = new Simulation(0);
    private final SimulatedInstance instance = new SimulatedInstance(simulation, 1, RedLockSettings.defaults());

    @Override
    LockNode node() {
        SimulatedNode node = new SimulatedNode(simulation, 1, this::publish);
        instance.connect(List.of(new SimulatedLink("node", instance, node, () -> 1, 0)));
        return instance.links().get(0);
    }

    @Override
    void forgetLists() {
        // Each test has a node of its own.
    }

    private void publish(String owner) {
        instance.links().get(0).publish(owner);
    }

    @Override
    <T> T get(CompletionStage<T> stage) {
        simulation.runFor(Duration.ofMillis(1), () -> {});
        return stage.toCompletableFuture().join();
    }
}
