package io.kubescaler.redlock;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request to all nodes at once. After every answer it evaluates the verdict, until the answers are enough. After
 * the timeout every silent node counts as failed, and the verdict must not be null. So no node slows the others.
 */
final class Poll<T, R> {

    private final Answers<T> answers;
    private final Duration timeout;
    private final Function<Answers<T>, @Nullable R> verdict;
    private final CompletableFuture<R> result = new CompletableFuture<>();

    private Poll(Answers<T> answers, Duration timeout, Function<Answers<T>, @Nullable R> verdict) {
        this.answers = answers;
        this.timeout = timeout;
        this.verdict = verdict;
    }

    /** @param verdict returns null to wait for more answers; never null when none is outstanding */
    static <T, R> CompletionStage<R> take(
            List<LockNode> nodes,
            Timing timing,
            Duration timeout,
            Function<LockNode, CompletionStage<T>> question,
            Function<Answers<T>, @Nullable R> verdict) {
        return new Poll<>(new Answers<T>(nodes), timeout, verdict).ask(nodes, timing, question);
    }

    /** A verdict that waits for every node, or for the timeout. */
    static <T> @Nullable Answers<T> all(Answers<T> answers) {
        return answers.outstanding == 0 ? answers : null;
    }

    private CompletionStage<R> ask(
            List<LockNode> nodes, Timing timing, Function<LockNode, CompletionStage<T>> question) {
        Timing.Cancellable timer = timing.schedule(timeout, this::timeUp);
        for (int i = 0; i < nodes.size(); i++) {
            int node = i;
            answers.sent[node] = timing.nanoTime();
            stage(nodes.get(node), question).whenComplete((reply, failure) -> answered(node, reply, failure));
        }
        result.whenComplete((decided, failure) -> timer.cancel());
        return result;
    }

    private CompletionStage<T> stage(LockNode node, Function<LockNode, CompletionStage<T>> question) {
        try {
            return question.apply(node);
        } catch (RuntimeException failure) {
            return CompletableFuture.failedStage(failure);
        }
    }

    private void answered(int node, @Nullable T reply, @Nullable Throwable failure) {
        R decided;
        synchronized (answers) {
            if (answers.closed) {
                return;
            }
            answers.put(node, reply, failure);
            decided = decide();
        }
        finish(decided);
    }

    private void timeUp() {
        R decided;
        synchronized (answers) {
            if (answers.closed) {
                return;
            }
            answers.failSilent(new TimeoutException("no answer within " + timeout.toMillis() + " ms"));
            decided = decide();
        }
        finish(decided);
    }

    private @Nullable R decide() {
        R decided = verdict.apply(answers);
        answers.closed = decided != null;
        return decided;
    }

    // Outside the monitor: the code that follows a verdict must not run under our lock.
    private void finish(@Nullable R decided) {
        if (decided != null) {
            result.complete(decided);
        }
    }

    /** The nodes' answers so far; they no longer change after the verdict. */
    static final class Answers<T> {

        private final List<LockNode> nodes;
        private final long[] sent;
        private final @Nullable Object[] replies;
        private final @Nullable Throwable[] failures;
        private int outstanding;
        private boolean closed;

        private Answers(List<LockNode> nodes) {
            this.nodes = nodes;
            this.sent = new long[nodes.size()];
            this.replies = new @Nullable Object[nodes.size()];
            this.failures = new @Nullable Throwable[nodes.size()];
            this.outstanding = nodes.size();
        }

        private void put(int node, @Nullable T reply, @Nullable Throwable failure) {
            replies[node] = reply;
            failures[node] =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            outstanding--;
        }

        private void failSilent(Throwable failure) {
            for (int node = 0; node < failures.length; node++) {
                if (replies[node] == null && failures[node] == null) {
                    put(node, null, failure);
                }
            }
        }

        int outstanding() {
            return outstanding;
        }

        /** The node's reply, null if it failed or has not answered yet. */
        @SuppressWarnings("unchecked")
        @Nullable
        T reply(int node) {
            return (T) replies[node];
        }

        /** When the request to the node was sent, on the monotonic clock, in nanoseconds. */
        long sent(int node) {
            return sent[node];
        }

        Stream<T> replies() {
            return IntStream.range(0, replies.length).mapToObj(this::reply).filter(Objects::nonNull);
        }

        int count(Predicate<T> predicate) {
            return (int) replies().filter(predicate).count();
        }

        int answered() {
            return count(reply -> true);
        }

        /** Whether no more than a minority can answer. */
        boolean hopeless(int quorum) {
            return answered() + outstanding < quorum;
        }

        /** Which nodes failed and why. */
        String failures() {
            return IntStream.range(0, failures.length)
                    .filter(node -> failures[node] != null)
                    .mapToObj(node -> nodes.get(node).name() + ": " + failures[node].getMessage())
                    .collect(Collectors.joining("; "));
        }
    }
}
