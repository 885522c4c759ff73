package io.kubescaler.main.suggested;

import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import java.util.NavigableSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SuggestedController {

    private final SuggestedUsers suggested;

    SuggestedController(SuggestedUsers suggested) {
        this.suggested = suggested;
    }

    @GetMapping("/main/suggested")
    CompletableFuture<Page<User>> suggested(
            @RequestParam(defaultValue = "" + Page.DEFAULT_LIMIT) @Min(1) @Max(Page.MAX_LIMIT) int limit,
            @RequestParam(required = false) @Nullable String page) {
        UUID after = page == null ? null : PageToken.read(page);
        return suggested.all().thenApply(all -> page(all, limit, after));
    }

    private static Page<User> page(NavigableSet<UUID> all, int limit, @Nullable UUID after) {
        NavigableSet<UUID> rest = after == null ? all : all.tailSet(after, false);
        List<User> items = rest.stream().limit(limit).map(User::new).toList();
        boolean more = rest.size() > items.size();
        return new Page<>(
                items, more ? PageToken.write(items.get(items.size() - 1).id()) : null);
    }
}
