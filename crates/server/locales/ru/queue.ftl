# Очередь: идёт ли работа, и что делать, если нет

queue-title = Очередь
queue-live-good = обновляется сама
queue-live-lost = связь потеряна, восстанавливаем
queue-refresh = Обновить
queue-pause-all = Остановить всё
queue-resume-all = Продолжить всё
queue-by-hand = остановлено человеком
queue-at = на { $time }

queue-paused-title = { $stage }: приостановлено, { $reason }
queue-paused-waiting = { $count ->
    [one] Ждёт { $shown } звонок
    [few] Ждут { $shown } звонка
   *[many] Ждут { $shown } звонков
   }, ничего не потеряно, попытки не тратятся.
queue-paused-none = Ничего не потеряно, попытки не тратятся.
queue-paused-self = Проверяем сами и продолжим без вас.
queue-paused-person = Остановлено вручную: продолжится, когда вы скажете.
queue-paused-since = Начато { $time }.
queue-resume = Продолжить
queue-check-now = Проверить сейчас

queue-stages = Этапы
queue-stage = Этап
queue-waiting = Ждут
queue-working = В работе
queue-later = Повтор позже
queue-dead = Нужен человек
queue-done = Готово
queue-speed = Скорость
queue-left = Осталось
queue-pause = Остановить
queue-pause-of = Остановить: { $stage }
queue-resume-of = Продолжить: { $stage }
queue-paused = Приостановлено
queue-per-minute = { $shown }/мин
queue-left-less = меньше минуты
queue-left-waits = ждёт
queue-stage-fetch = Запись
queue-stage-transcribe = Речь в текст
queue-stage-analyze = Разбор
queue-stage-deliver = Доставка

queue-now = Сейчас в работе
queue-now-none = Сейчас ничего не обрабатывается.
queue-call = Звонок
queue-made = Сделано
queue-runs = Идёт
queue-due = Когда
queue-due-now = сейчас
queue-why-waits = Почему ждёт
queue-dead-title = Нужен человек
queue-dead-note = { $count ->
    [one] { $shown } задание, само не повторится
    [few] { $shown } задания, сами не повторятся
   *[many] { $shown } заданий, сами не повторятся
}
queue-dead-none = Ничего не застряло: повторять вручную нечего.
queue-what = Что случилось и что сделать
queue-attempts = Попыток
queue-choose = Выбрать: { $call }
queue-retry = Повторить
queue-retry-of = Повторить: { $call }
queue-retry-chosen = Повторить выбранные
queue-retry-all = Повторить все
queue-chosen = Выбрано 0
queue-open-calls = { $count ->
    [one] { $shown } звонок в работе
    [few] { $shown } звонка в работе
   *[many] { $shown } звонков в работе
}
queue-chosen-head = Выбор
queue-all-paused-title = Все этапы остановлены вручную
queue-all-paused-text = Ничего не потеряно, попытки не тратятся. Новые звонки копятся в очереди.
done-queue-retried = Задания снова в очереди
done-queue-none = Повторять нечего: ничего не выбрано или уже повторено
done-queue-paused = Этап остановлен. Начатое доделывается
done-queue-resumed = Этап продолжает работу
done-queue-all-paused = Все этапы остановлены. Начатое доделывается
done-queue-all-resumed = Все этапы продолжают работу
done-call-retried = Звонок снова в очереди
